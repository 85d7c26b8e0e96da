package clickhouse

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

//go:embed sql/*.sql
var migrations embed.FS

// keepParts is how long servers keep the parts that a merge or a mutation has
// replaced: long enough for the new ones to be on disk after a power failure. An
// erasure waits for it.
const keepParts = time.Minute

// schema is what the statements of the migrations depend on.
type schema struct {
	database   string
	cluster    string // "" for one server
	replicated bool   // the cluster has ClickHouse Keeper
	TextIndex  bool   // the server has text indexes
	keepParts  time.Duration
}

// statements are those of a migration's file.
func (s schema) statements(name string) ([]string, error) {
	t, err := template.ParseFS(migrations, name)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := t.Execute(&b, s); err != nil {
		return nil, err
	}
	var all []string
	for statement := range strings.SplitSeq(b.String(), ";\n") {
		if statement = strings.TrimSpace(withoutComments(statement)); statement != "" {
			all = append(all, statement)
		}
	}
	return all, nil
}

func withoutComments(sql string) string {
	var b strings.Builder
	for line := range strings.Lines(sql) {
		if !strings.HasPrefix(line, "--") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Local is the table that has the rows: on a cluster, each shard's.
func (s schema) Local(table string) string { return s.local(table) + s.on() }

func (s schema) local(table string) string {
	if s.cluster == "" {
		return table
	}
	return table + "_local"
}

// on has a statement run on the whole cluster, which takes ClickHouse Keeper.
func (s schema) on() string {
	if !s.replicated {
		return ""
	}
	return " ON CLUSTER " + s.cluster
}

// Replacing is the engine that keeps the row with the highest version of a key.
func (s schema) Replacing(table, version string) string {
	if !s.replicated {
		return "ReplacingMergeTree(" + version + ")"
	}
	return fmt.Sprintf("ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/%s/%s', '{replica}', %s)", s.database, table, version)
}

// Settings are those of a table.
func (s schema) Settings(more ...string) string {
	return "SETTINGS " + strings.Join(append(more, fmt.Sprintf("old_parts_lifetime = %d", int(s.keepParts.Seconds()))), ", ")
}

// Distributed makes the table over the shards.
func (s schema) Distributed(table, key string) string {
	if s.cluster == "" {
		return ""
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s%s AS %s ENGINE = Distributed(%s, %s, %s, %s);",
		table, s.on(), s.local(table), s.cluster, s.database, s.local(table), key)
}

// newest is the number of the newest migration.
func newest() (int, []string, error) {
	names, err := fs.Glob(migrations, "sql/*.sql")
	return len(names), names, err
}

// migrate brings the tables to the newest version, one file after the other. Each
// statement can run twice, so an interrupted migration goes on.
func (s *Store) migrate(ctx context.Context, version int) error {
	count, names, err := newest()
	if err != nil {
		return err
	}
	for n := version; n < count; n++ {
		statements, err := s.schema.statements(names[n])
		if err != nil {
			return err
		}
		for _, statement := range statements {
			if err := s.everywhere(ctx, statement); err != nil {
				return err
			}
		}
		if err := s.setMeta(ctx, metaSchema, fmt.Sprint(n+1)); err != nil {
			return err
		}
	}
	return nil
}

// everywhere runs a statement on each shard: on the hosts of the URL, or by the
// cluster itself where the statement says so.
func (s *Store) everywhere(ctx context.Context, statement string) error {
	for _, host := range s.shards() {
		if err := s.c.exec(ctx, request{host: host, sql: statement}); err != nil {
			return err
		}
	}
	return nil
}

// shards are the hosts that statements for the tables of shards are sent to.
func (s *Store) shards() []string {
	if s.schema.replicated || s.schema.cluster == "" {
		return s.c.address.Hosts[:1]
	}
	return s.c.address.Hosts
}

// createDatabase makes the database where there is none.
func (s *Store) createDatabase(ctx context.Context) error {
	for _, host := range s.shards() {
		r := request{host: host, database: "default", sql: "CREATE DATABASE IF NOT EXISTS " + s.c.address.Database + s.schema.on()}
		if err := s.c.exec(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// checkCluster refuses a cluster that is not the server's, or whose shards the URL
// does not all name, where it must.
func (s *Store) checkCluster(ctx context.Context) error {
	if s.schema.cluster == "" {
		return nil
	}
	sql := "SELECT count(DISTINCT shard_num) AS shards FROM system.clusters WHERE cluster = " + quote(s.schema.cluster)
	for row, err := range listAt[struct{ Shards int }](ctx, s.c, request{database: "default", sql: sql}) {
		switch {
		case err != nil:
			return err
		case row.Shards == 0:
			return fault.New(fault.Config, "ClickHouse at %s has no cluster %s", s.c.address.Hosts[0], s.schema.cluster).
				WithHint("its configuration names clusters under remote_servers")
		case !s.schema.replicated && row.Shards != len(s.c.address.Hosts):
			return fault.New(fault.Config, "cluster %s has %d shards and no ClickHouse Keeper; the URL names %d hosts", s.schema.cluster, row.Shards, len(s.c.address.Hosts)).
				WithHint("name a host of each shard: clickhouse://HOST1:PORT,HOST2:PORT/%s", s.c.address.Database)
		}
	}
	return nil
}
