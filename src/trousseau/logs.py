"""Log lines as JSON, one object a line, for machines that collect them."""

import json
import logging


class JsonLines(logging.Formatter):
    """Format each record as one JSON object; control characters are encoded (LOG-05)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)
