"""RunComfy, simulated: the queue API, the fate of each request, and a painter of edited images."""
