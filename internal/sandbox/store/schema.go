package store

import _ "embed" // for the schema

// schemaVersion is kept in SQLite's user_version. Open refuses a folder of another
// version: a sandbox's data can always be created again.
const schemaVersion = 7

//go:embed schema.sql
var schema string
