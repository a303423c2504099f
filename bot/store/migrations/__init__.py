"""Migrations of the schema, applied by ``bot.store.schema`` at every start."""
