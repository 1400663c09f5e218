"""How a forecast is made, and how it is judged. Pure: series of days go in, figures come out."""
