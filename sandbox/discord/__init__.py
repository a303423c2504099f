"""Discord, simulated: REST, gateway, CDN, and the people who use it."""
