-- Standard names for what earlier migrations created.
ALTER TABLE agents RENAME COLUMN heard_at TO last_seen_at;
ALTER TABLE tokens RENAME COLUMN may TO permissions;
ALTER TABLE listening RENAME TO ingest_liveness;
ALTER TABLE ingest_liveness RENAME COLUMN one TO singleton;
ALTER TABLE auth_secret RENAME COLUMN one TO singleton;
ALTER TABLE log_floor RENAME COLUMN one TO singleton;
ALTER TABLE event_search_position RENAME COLUMN one TO singleton;
ALTER TABLE retention_clock RENAME COLUMN one TO singleton;
ALTER VIEW usage_once RENAME TO usage_deduplicated;
ALTER VIEW usage_totals_once RENAME TO usage_totals_deduplicated;
ALTER TABLE users RENAME CONSTRAINT who_decides_about_others_sees_everything TO admins_are_unscoped;
ALTER TABLE tokens RENAME CONSTRAINT who_decides_about_others_sees_everything TO admins_are_unscoped;

-- An account has one password and nothing else to log in with, so it needs no table of its own.
ALTER TABLE users ADD COLUMN password_hash text;
UPDATE users SET password_hash = password FROM accounts
  WHERE user_id = users.id AND provider_id = 'credential';
DROP TABLE accounts;
ALTER TABLE users DROP COLUMN email_verified, DROP COLUMN image;
ALTER TABLE sessions DROP COLUMN ip_address, DROP COLUMN user_agent;
