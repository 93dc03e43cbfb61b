"""The HTTP, WebSocket and SSE service in front of the topics, for apps, learners' browsers and those who watch."""
