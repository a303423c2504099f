"""Pictures that members bring and models make: what they really are, and how they are made to fit.

The bot's own process never decodes a picture: it reads headers (``headers``), with nothing but ``struct``. Decoding is
done by a program of its own with limits of memory and time (``convert``), which ``inspector`` runs.
"""
