"""What somebody must be told: alerts, who has seen them, how loud each kind is, and which channels it takes.

Owns alerts, their settings, quiet hours and channels. Leaves finding what is wrong to budgets, forecasts and detection,
and bringing a message to its channel to delivery.
"""
