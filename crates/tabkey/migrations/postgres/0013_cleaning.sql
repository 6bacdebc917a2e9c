-- What holds no mail back any more is forgotten in small bites, the oldest first.
CREATE INDEX notices_free ON notices (free_at);
CREATE INDEX mailboxes_since ON mailboxes (since);
