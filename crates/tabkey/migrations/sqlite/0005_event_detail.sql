-- What exactly happened, where the kind alone does not say it: the name of a role, say.
ALTER TABLE security_events ADD COLUMN detail TEXT;
