"""How the chart's scaling rule would have done on recorded load: by lag, by the forecast, by both."""
