CREATE TABLE IF NOT EXISTS {{.Local "meta"}} (
	name String,
	value String,
	version Int64
) ENGINE = {{.Replacing "meta" "version"}} ORDER BY name {{.Settings}};
{{.Distributed "meta" "cityHash64(name)"}}

-- Who writes: the one with the highest epoch.
CREATE TABLE IF NOT EXISTS {{.Local "writers"}} (
	epoch Int64,
	id String
) ENGINE = {{.Replacing "writers" "epoch"}} ORDER BY (epoch, id) {{.Settings}};
{{.Distributed "writers" "cityHash64(id)"}}

-- What a batch writes to other tables, in parts: state 1 before that, 2 after it.
CREATE TABLE IF NOT EXISTS {{.Local "batches"}} (
	number Int64,
	epoch Int64,
	part Int64,
	parts Int64,
	state UInt8,
	first Int64,
	last Int64,
	spill Int64,
	target String,
	payload String
) ENGINE = {{.Replacing "batches" "state"}} ORDER BY (number, epoch, part) {{.Settings}};
{{.Distributed "batches" "cityHash64(number)"}}

-- position rises with time (archive.PositionOf). plain is 1 where all IDs of users
-- and groups are in lower case. raws and revisions are base64 of zstd.
CREATE TABLE IF NOT EXISTS {{.Local "messages"}} (
	key String,
	position Int64,
	version Int64,
	added Int64,
	aliases Array(String),
	time Int64,
	raw_time String,
	chat_type String,
	a String,
	b String,
	sender String,
	recipient String,
	plain UInt8,
	kind String,
	text String,
	body String,
	ext String,
	sources UInt8,
	raw_sources Array(UInt8),
	raw_forms Array(String),
	raws Array(String),
	revision_runs Array(String),
	revision_forms Array(String),
	revisions Array(String),
	file_urls Array(String),
	file_secrets Array(String),
	file_deadlines Array(Int64),
	file_states Array(String),
	file_sums Array(String),
	file_sizes Array(Int64),
	file_reasons Array(String),
	tokens Array(String),
	sum String{{if .TextIndex}},
	INDEX tokens_index tokens TYPE text(tokenizer = array){{end}}
) ENGINE = {{.Replacing "messages" "version"}} ORDER BY (position, key) {{.Settings "index_granularity = 1024"}};
{{.Distributed "messages" "cityHash64(key)"}}

CREATE TABLE IF NOT EXISTS {{.Local "keys"}} (
	key String,
	position Int64,
	version Int64
) ENGINE = {{.Replacing "keys" "version"}} ORDER BY key {{.Settings "index_granularity = 1024"}};
{{.Distributed "keys" "cityHash64(key)"}}

CREATE TABLE IF NOT EXISTS {{.Local "runs"}} (
	name String,
	started Int64
) ENGINE = {{.Replacing "runs" "started"}} ORDER BY name {{.Settings}};
{{.Distributed "runs" "cityHash64(name)"}}

-- A span of a conversation in which a user saw every message that was in the
-- archive at the batch, but for the exceptions.
CREATE TABLE IF NOT EXISTS {{.Local "ranges"}} (
	user String,
	chat_type String,
	a String,
	b String,
	from_ms Int64,
	to_ms Int64,
	state String,
	first String,
	last String,
	ended String,
	batch Int64,
	deleted UInt8,
	version Int64
) ENGINE = {{.Replacing "ranges" "version"}} ORDER BY (user, chat_type, a, b, from_ms) {{.Settings}};
{{.Distributed "ranges" "cityHash64(user)"}}

CREATE TABLE IF NOT EXISTS {{.Local "exceptions"}} (
	user String,
	chat_type String,
	a String,
	b String,
	position Int64,
	state String,
	first String,
	last String,
	ended String,
	deleted UInt8,
	version Int64
) ENGINE = {{.Replacing "exceptions" "version"}} ORDER BY (user, chat_type, a, b, position) {{.Settings}};
{{.Distributed "exceptions" "cityHash64(user)"}}

-- user is empty for the whole app.
CREATE TABLE IF NOT EXISTS {{.Local "fetches"}} (
	user String,
	chat_type String,
	a String,
	b String,
	from_ms Int64,
	to_ms Int64,
	at Int64,
	state String,
	reason String,
	records Int64,
	last String,
	deleted UInt8,
	version Int64
) ENGINE = {{.Replacing "fetches" "version"}} ORDER BY (user, chat_type, a, b, from_ms, to_ms) {{.Settings}};
{{.Distributed "fetches" "cityHash64(user)"}}

CREATE TABLE IF NOT EXISTS {{.Local "tombstones"}} (
	hash String,
	version Int64
) ENGINE = {{.Replacing "tombstones" "version"}} ORDER BY hash {{.Settings}};
{{.Distributed "tombstones" "cityHash64(hash)"}}
