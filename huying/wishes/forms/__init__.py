"""The forms of wishes: residents', staff's and givers'."""
