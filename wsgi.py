"""The application for any WSGI server."""

from campaign_app import create_app

app = create_app()
