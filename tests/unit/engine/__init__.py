"""Tests of the engine, stepped by hand."""
