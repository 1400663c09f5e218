"""What the commands know without asking anybody: how grave a finding is, which call a row of a file means."""
