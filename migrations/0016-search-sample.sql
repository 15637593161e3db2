-- A thousandth of what can be searched, chosen by a hash of the id. How often it holds a word says
-- about how often the log does, so that a rare word is looked for in all of the log at once:
-- src/log/search.ts.
CREATE INDEX event_search_sample ON event_search USING gin (words) WITH (fastupdate = off)
  WHERE hashint8(event_id) & 1023 = 0;
