"""The store: jobs, outputs, deliveries and money in SQL, on SQLite or PostgreSQL."""
