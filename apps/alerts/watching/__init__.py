"""Midwatch watches itself: heartbeats, an audit every minute, and a canary that goes the whole way of an alert."""
