package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkQuotaUse exports 200 users' histories within the service's limits. It
// reports how much of the read limit is used, and how many calls are refused.
func BenchmarkQuotaUse(b *testing.B) {
	data := world(b, number("BENCH_USERS", 200), number("BENCH_MESSAGES", 30_000))
	for _, latency := range []string{"30ms", "300ms"} {
		b.Run(latency, func(b *testing.B) {
			s := start(b, data, "--limits", "on", "--latency", latency)
			for range b.N {
				l := finished(b, s.run(export(b.TempDir(), "--all-users")).stderr)
				b.ReportMetric(float64(l.Families["other"])/(100*l.Elapsed), "quota-use")
				b.ReportMetric(float64(l.Refused), "refused")
				b.ReportMetric(float64(l.Calls), "calls")
				b.ReportMetric(l.Elapsed, "seconds")
			}
		})
	}
}

// BenchmarkScatteredRefusals exports the same histories with and without 4 % of
// the history calls refused at random, as when the app's own clients share the
// budget, and reports the ratio of the throughputs.
func BenchmarkScatteredRefusals(b *testing.B) {
	data := world(b, number("BENCH_USERS", 200), number("BENCH_MESSAGES", 15_000))
	perSecond := func(b *testing.B, flags ...string) float64 {
		b.Helper()
		s := start(b, data, append([]string{"--limits", "on", "--latency", "30ms"}, flags...)...)
		l := finished(b, s.run(export(b.TempDir(), "--all-users")).stderr)
		return float64(l.Families["other"]-l.Refused) / l.Elapsed
	}
	for range b.N {
		without := perSecond(b)
		with := perSecond(b, "--fault", "route=history,status=429,p=0.04,seed=1")
		b.ReportMetric(without, "calls/s-without")
		b.ReportMetric(with, "calls/s-with-4%")
		b.ReportMetric(with/without, "ratio")
	}
}

// shellLoop exports histories with a shell script, page by page.
const shellLoop = `
set -eu
out=$1 users=$2
app=$(printf %s "$ROAMCTL_APP_KEY" | tr '#' /)
while read -r user; do
	token=$(roamctl auth token --user "$user")
	cursor=
	while :; do
		page=$(curl -sS -G -H "Authorization: Bearer $token" --data-urlencode "cursor=$cursor" \
			"$ROAMCTL_HOST/$app/sdk/user/$user/user_channels/list?limit=50&need_mark=true&needEmptySession=false")
		printf '%s' "$page" | jq -r '.data.channel_infos[] | .session_type + " " + .session_to'
		cursor=$(printf '%s' "$page" | jq -r .data.cursor)
		[ -n "$cursor" ] || break
	done >"$out/list"
	while read -r type peer; do
		domain=easemob.com
		[ "$type" = chat ] || domain=conference.easemob.com
		start=
		while :; do
			page=$(curl -sS -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
				-d "{\"queue\":\"$peer@$domain\",\"start\":\"$start\",\"end\":-1,\"pull_number\":50,\"is_positive\":true}" \
				"$ROAMCTL_HOST/$app/users/$user/messageroaming")
			printf '%s' "$page" | jq -c '.data.msgs[]' >>"$out/$user-$type-$peer.ndjson"
			[ "$(printf '%s' "$page" | jq -r .data.is_last)" = false ] || break
			start=$(printf '%s' "$page" | jq -r .data.next_key)
		done # with a conversation
	done <"$out/list"
done <"$users"
rm "$out/list"
`

// BenchmarkShellLoop compares an export with a loop of curl and jq that gets the
// same pages, without limits, at 30 ms. The loop does not decode them.
func BenchmarkShellLoop(b *testing.B) {
	need(b, "curl", "jq", "bash")
	data := world(b, 200, 20_000)
	s := start(b, data, "--latency", "30ms")
	s.env = append(s.env, "ROAMCTL_LIMITS=off")
	users, script := write(b, lines(12, "u%06d")), write(b, shellLoop)
	for range b.N {
		byHand := b.TempDir()
		loop := s.run([]string{"bash", script, byHand, users})
		dir := b.TempDir()
		ours := s.run(export(dir, "--users-file", users, "--path-template", "{user}/{type}-{conversation}.ndjson"))
		want, got := 0, finished(b, ours.stderr).Messages
		files, err := filepath.Glob(filepath.Join(byHand, "*.ndjson"))
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range files {
			content, err := os.ReadFile(f)
			if err != nil {
				b.Fatal(err)
			}
			want += strings.Count(string(content), "\n")
		}
		if want != got || got == 0 {
			b.Fatalf("the loop has %d messages, the export %d", want, got)
		}
		b.ReportMetric(loop.wall.Seconds()/ours.wall.Seconds(), "times-as-fast")
		b.ReportMetric(loop.wall.Seconds(), "loop-seconds")
		b.ReportMetric(ours.wall.Seconds(), "seconds")
	}
}

// BenchmarkThroughput exports to plain NDJSON without limits or latency, and compares
// its CPU time with zcat's for the same bytes.
func BenchmarkThroughput(b *testing.B) {
	need(b, "gzip", "zcat", "sh")
	data := world(b, 200, 20_000)
	s := start(b, data)
	s.env = append(s.env, "ROAMCTL_LIMITS=off")
	for range b.N {
		dir := b.TempDir()
		u := s.run(export(dir, "--all-users", "--path-template", "{user}/{type}-{conversation}.ndjson"))
		n := float64(finished(b, u.stderr).Messages)
		packed := filepath.Join(b.TempDir(), "all.gz")
		s.run([]string{"sh", "-c", fmt.Sprintf("cat %s/*/*.ndjson | gzip >%s", dir, packed)})
		floor := s.run([]string{"sh", "-c", "zcat " + packed + " >/dev/null"})
		b.ReportMetric(n/u.wall.Seconds(), "messages/s")
		b.ReportMetric(float64(size(b, dir))/u.wall.Seconds()/1e6, "MB/s")
		b.ReportMetric(u.cpu.Seconds()/n*1e6, "cpu-s/million")
		b.ReportMetric(u.cpu.Seconds()/floor.cpu.Seconds(), "times-zcat")
		b.ReportMetric(float64(u.peak)/1e6, "peak-MB")
	}
}

// BenchmarkMemory measures the peak memory of an export of many users, most with few
// messages.
func BenchmarkMemory(b *testing.B) {
	for _, users := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(users), func(b *testing.B) {
			data := world(b, users, 30_000, "--groups", "0") // a big group's history would be read for each member
			s := start(b, data)
			s.env = append(s.env, "ROAMCTL_LIMITS=off")
			for range b.N {
				u := s.run(export(b.TempDir(), "--all-users"))
				b.ReportMetric(float64(u.peak)/1e6, "peak-MB")
				b.ReportMetric(float64(finished(b, u.stderr).Calls)/u.wall.Seconds(), "calls/s")
			}
		})
	}
}

// BenchmarkDeletion deletes 10,000 messages by ID with 200 calls, within the limits. It
// compares the time with the least that 100 calls a second allow, and reports the time
// for verifying separately.
func BenchmarkDeletion(b *testing.B) {
	const ids, calls, rate = 10_000, 200, 100
	for _, latency := range []string{"0s", "30ms"} {
		b.Run(latency, func(b *testing.B) {
			for range b.N {
				s := start(b, world(b, 2, ids+500, "--groups", "0"), "--limits", "on", "--latency", latency)
				list := s.run([]string{"roamctl", "messages", "fetch", "-u", "u000000", "-c", "u000001", "--limit", fmt.Sprint(2 * ids), "-o", "ndjson", "--jq", ".id", "-q"})
				all := strings.SplitAfter(list.stdout, "\n")
				first, second := write(b, strings.Join(all[:ids], "")), write(b, strings.Join(all[:ids], ""))
				deletion := func(user, peer, file string, more ...string) time.Duration {
					command := []string{"roamctl", "messages", "delete", "-u", user, "-c", peer, "--ids-file", file, "--yes", "--no-backup", "-q"}
					return s.run(append(command, more...)).wall
				}
				time.Sleep(2 * time.Second) //nolint:forbidigo // until the limit is whole again
				bare := deletion("u000000", "u000001", first, "--no-verify")
				time.Sleep(2 * time.Second) //nolint:forbidigo // likewise
				verified := deletion("u000001", "u000000", second)
				floor := float64(calls) / rate
				b.ReportMetric(bare.Seconds()/floor, "times-the-floor")
				b.ReportMetric((verified - bare).Seconds(), "verify-seconds")
			}
		})
	}
}
