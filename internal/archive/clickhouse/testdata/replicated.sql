CREATE TABLE IF NOT EXISTS meta_local ON CLUSTER main (
	name String,
	value String,
	version Int64
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/meta', '{replica}', version) ORDER BY name SETTINGS old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS meta ON CLUSTER main AS meta_local ENGINE = Distributed(main, chats, meta_local, cityHash64(name));

CREATE TABLE IF NOT EXISTS writers_local ON CLUSTER main (
	epoch Int64,
	id String
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/writers', '{replica}', epoch) ORDER BY (epoch, id) SETTINGS old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS writers ON CLUSTER main AS writers_local ENGINE = Distributed(main, chats, writers_local, cityHash64(id));

CREATE TABLE IF NOT EXISTS batches_local ON CLUSTER main (
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
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/batches', '{replica}', state) ORDER BY (number, epoch, part) SETTINGS old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS batches ON CLUSTER main AS batches_local ENGINE = Distributed(main, chats, batches_local, cityHash64(number));

CREATE TABLE IF NOT EXISTS messages_local ON CLUSTER main (
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
	sum String,
	INDEX tokens_index tokens TYPE text(tokenizer = array)
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/messages', '{replica}', version) ORDER BY (position, key) SETTINGS index_granularity = 1024, old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS messages ON CLUSTER main AS messages_local ENGINE = Distributed(main, chats, messages_local, cityHash64(key));

CREATE TABLE IF NOT EXISTS keys_local ON CLUSTER main (
	key String,
	position Int64,
	version Int64
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/keys', '{replica}', version) ORDER BY key SETTINGS index_granularity = 1024, old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS keys ON CLUSTER main AS keys_local ENGINE = Distributed(main, chats, keys_local, cityHash64(key));

CREATE TABLE IF NOT EXISTS runs_local ON CLUSTER main (
	name String,
	started Int64
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/runs', '{replica}', started) ORDER BY name SETTINGS old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS runs ON CLUSTER main AS runs_local ENGINE = Distributed(main, chats, runs_local, cityHash64(name));

CREATE TABLE IF NOT EXISTS ranges_local ON CLUSTER main (
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
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/ranges', '{replica}', version) ORDER BY (user, chat_type, a, b, from_ms) SETTINGS old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS ranges ON CLUSTER main AS ranges_local ENGINE = Distributed(main, chats, ranges_local, cityHash64(user));

CREATE TABLE IF NOT EXISTS exceptions_local ON CLUSTER main (
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
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/exceptions', '{replica}', version) ORDER BY (user, chat_type, a, b, position) SETTINGS old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS exceptions ON CLUSTER main AS exceptions_local ENGINE = Distributed(main, chats, exceptions_local, cityHash64(user));

CREATE TABLE IF NOT EXISTS fetches_local ON CLUSTER main (
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
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/fetches', '{replica}', version) ORDER BY (user, chat_type, a, b, from_ms, to_ms) SETTINGS old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS fetches ON CLUSTER main AS fetches_local ENGINE = Distributed(main, chats, fetches_local, cityHash64(user));

CREATE TABLE IF NOT EXISTS tombstones_local ON CLUSTER main (
	hash String,
	version Int64
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/chats/tombstones', '{replica}', version) ORDER BY hash SETTINGS old_parts_lifetime = 60;

CREATE TABLE IF NOT EXISTS tombstones ON CLUSTER main AS tombstones_local ENGINE = Distributed(main, chats, tombstones_local, cityHash64(hash));
