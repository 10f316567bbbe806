"""The serving side: decisions about HTTP, the listeners, the processes."""
