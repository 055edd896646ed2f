"""The tests, laid out like campaign_app, and beside them doors, browser and architecture."""
