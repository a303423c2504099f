"""What the adapters that fetch files share: which places may be asked, and asking them."""
