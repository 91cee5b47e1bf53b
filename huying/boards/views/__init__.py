"""The pages of boards: public.py for everybody, figures.py for a place and a period."""
