"""What comes back from a message: links in mails and buttons in Slack, each signed."""
