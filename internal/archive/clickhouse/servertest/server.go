// Package servertest runs ClickHouse servers for tests. Only tests import it.
package servertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Program is the server's program, as Debian's package clickhouse-server installs
// it.
const Program = "clickhouse-server"

// Server is a server in a folder of its own. It takes little memory.
type Server struct {
	Dir  string
	HTTP string // HOST:PORT of the HTTP interface
	TCP  string // of the native protocol
	cmd  *exec.Cmd
	gone chan struct{} // closed when it has ended
}

// Cluster is the name of the cluster that servers of one New are the shards of.
const Cluster = "shards"

// User and Password are of a user besides the default one.
const (
	User     = "archivist"
	Password = "a password: 秘密"
)

// New makes the folders and the configuration of servers, which form a cluster.
func New(dirs ...string) ([]*Server, error) {
	var all []*Server
	ports, err := freePorts(3 * len(dirs))
	if err != nil {
		return nil, err
	}
	for n, dir := range dirs {
		all = append(all, &Server{Dir: dir, HTTP: ports[3*n], TCP: ports[3*n+1]})
	}
	for n, s := range all {
		if err := s.configure(ports[3*n+2], all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func freePorts(count int) (all []string, err error) {
	var open []net.Listener // so that no port is taken twice
	for range count {
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		open = append(open, l)
		all = append(all, l.Addr().String())
	}
	for _, l := range open {
		err = errors.Join(err, l.Close())
	}
	return all, err
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

const config = `<yandex>
 <logger><level>warning</level><log>%[1]s/log</log><errorlog>%[1]s/err</errorlog></logger>
 <http_port>%[2]s</http_port><tcp_port>%[3]s</tcp_port><interserver_http_port>%[4]s</interserver_http_port>
 <listen_host>127.0.0.1</listen_host>
 <path>%[1]s/data/</path><tmp_path>%[1]s/tmp/</tmp_path>
 <users_config>%[1]s/users.xml</users_config>
 <default_profile>default</default_profile><default_database>default</default_database>
 <mark_cache_size>33554432</mark_cache_size><uncompressed_cache_size>0</uncompressed_cache_size>
 <max_concurrent_queries>50</max_concurrent_queries>
 <remote_servers><` + Cluster + `>%[5]s</` + Cluster + `></remote_servers>
</yandex>
`

const users = `<yandex>
 <profiles><default>
  <max_memory_usage>1000000000</max_memory_usage><max_threads>2</max_threads><background_pool_size>2</background_pool_size>
 </default></profiles>
 <users>
  <default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
  <` + User + `><password>` + Password + `</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></` + User + `>
 </users>
 <quotas><default/></quotas>
</yandex>
`

func (s *Server) configure(interserver string, all []*Server) error {
	var shards strings.Builder
	for _, shard := range all {
		fmt.Fprintf(&shards, "<shard><replica><host>127.0.0.1</host><port>%s</port></replica></shard>", port(shard.TCP))
	}
	text := fmt.Sprintf(config, s.Dir, port(s.HTTP), port(s.TCP), port(interserver), shards.String())
	if err := os.WriteFile(filepath.Join(s.Dir, "config.xml"), []byte(text), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Dir, "users.xml"), []byte(users), 0o600)
}

// Start starts the server and waits until it answers.
func (s *Server) Start(ctx context.Context) error {
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), Program, "--config-file="+filepath.Join(s.Dir, "config.xml")) //nolint:gosec // a test's folder
	s.cmd.Dir, s.cmd.SysProcAttr = s.Dir, withParent()
	out, err := os.Create(filepath.Join(s.Dir, "out"))
	if err != nil {
		return err
	}
	s.cmd.Stdout, s.cmd.Stderr = out, out
	if err := errors.Join(s.cmd.Start(), out.Close()); err != nil {
		return err
	}
	cmd, gone := s.cmd, make(chan struct{})
	s.gone = gone
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(gone)
	}()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if s.answers(ctx) {
			return nil
		}
		select {
		case <-gone:
			return fmt.Errorf("the server ended: %s", s.log())
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("the server does not answer: %s", s.log())
}

func (s *Server) answers(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.HTTP+"/ping", http.NoBody)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// log is the end of what the server wrote of errors.
func (s *Server) log() string {
	var all []byte
	for _, name := range []string{"out", "err"} {
		text, _ := os.ReadFile(filepath.Join(s.Dir, name))
		all = append(all, text[max(0, len(text)-2000):]...)
	}
	return string(all)
}

// Stop ends the server. Kill ends it at once.
func (s *Server) Stop() error { return s.end(syscall.SIGTERM) }

// Kill ends the server at once.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

func (s *Server) end(signal syscall.Signal) error {
	if s.cmd == nil {
		return nil
	}
	_ = s.cmd.Process.Signal(signal) // it may have ended
	select {
	case <-s.gone:
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.gone
	}
	s.cmd = nil
	return nil
}
