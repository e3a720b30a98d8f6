"""What is done about alerts: from a changed alert to an action, its letters and its effect."""
