"""How answers are shown: tables and bars for people, lines and JSON for programs."""
