"""Pure values and rules: no input or output, no clock, no library of Discord, HTTP or SQL."""
