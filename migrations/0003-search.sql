-- What can be searched in the log. It is filled behind the log, by a reader of it
-- (src/log/search-index.ts): a GIN index in the path of the writers would halve their rate.

CREATE TABLE event_search (
  -- No foreign key: it would write to each row of the log once more. A row whose event is gone is
  -- never found, because what is found is read from the log.
  event_id bigint PRIMARY KEY,
  words tsvector NOT NULL
);
-- Without the list of pending entries, which every search would have to read from end to end.
CREATE INDEX event_search_words ON event_search USING gin (words) WITH (fastupdate = off);

-- Everything up to this id is in event_search; what comes after it is searched in the log itself.
CREATE TABLE event_search_position (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  indexed_through bigint NOT NULL
);
INSERT INTO event_search_position (indexed_through) VALUES (0);

-- Names of files, types and hosts are found by their parts. What would be taken for markup is text.
CREATE FUNCTION event_search_text(given text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT translate(given, '/\._:@=#&<>%+~|', '               ')
$$;

-- What a row is found by: the words of its first 16 Ki characters, and marks for its place in the
-- log and for what pages are narrowed to, so that a search for a frequent word within a rare project
-- is a question to the index too. No text makes a mark: they begin with a character that is in no word.
CREATE FUNCTION event_words(event events) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_tsvector('simple'::regconfig, translate(event_search_text(left(
      event.type || ' ' || event.summary || ' ' || coalesce((
        SELECT string_agg(value #>> '{}', ' ')
        FROM jsonb_path_query(event.data - 'payload', 'strict $.** ? (@.type() == "string")') AS value
      ), ''), 16384)), '-', ' '))
    || array_to_tsvector(array_remove(ARRAY[
      chr(1) || 'segment:' || (event.id >> 14),
      chr(1) || 'type:' || event.type,
      chr(1) || 'project:' || event.project_id,
      chr(1) || 'agent:' || event.agent_id,
      chr(1) || 'state:' || event.state
    ], NULL))
$$;

-- What people type: words, "phrases", or, and -words that must not be there. Never an error; what
-- has no word in it is a query that selects nothing.
CREATE FUNCTION event_search_query(given text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT websearch_to_tsquery('simple'::regconfig,
    regexp_replace(event_search_text(given), '(\w)-+(?=\w)', '\1 ', 'g'))
$$;

-- Times grow with the ids, so a time is found in the log as a word is in a dictionary, and no index
-- has to be kept for it. Whoever inserts rows with times of their own may be off.
CREATE FUNCTION first_event_at(moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  low bigint;
  high bigint;
  found record;
BEGIN
  SELECT coalesce(min(id), 0), coalesce(max(id) + 1, 0) INTO low, high FROM events;
  WHILE low < high LOOP
    SELECT id, at INTO found FROM events WHERE id >= low + (high - low) / 2 ORDER BY id LIMIT 1;
    IF found.id IS NULL OR found.at >= moment THEN high := low + (high - low) / 2;
    ELSE low := found.id + 1;
    END IF;
  END LOOP;
  RETURN low;
END $$;
