"""What is done about an alert: whom to push, what to pause, who hears of it. Pure plans."""
