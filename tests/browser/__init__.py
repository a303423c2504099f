"""Tests of the chat page in Chromium."""
