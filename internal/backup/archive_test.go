package backup

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/roaming"
)

// TestAnyUnpackerReadsAnArchive: zstd skips the checksum frame.
func TestAnyUnpackerReadsAnArchive(t *testing.T) {
	f, err := os.Open(packed(t, written(t, 3, options())))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if n, err := io.Copy(io.Discard, z); err != nil || n == 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestFilesOfAnArchiveAreBounded: an archive may hold as many files as a
// manifest may list, and no more.
func TestFilesOfAnArchiveAreBounded(t *testing.T) {
	u, err := archive(packed(t, written(t, 1, options()))).unpack(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer u.close()
	u.n = maxListed - 1
	if name, _, err := u.next(); err != nil || name != manifestName {
		t.Errorf("%q, %v", name, err)
	}
	if _, _, err := u.next(); !mentions(err, "more than") {
		t.Errorf("got %v", err)
	}
}

// TestAManifestOfManyIDsIsPacked: a deletion may be of many messages, whose IDs
// are in the manifest.
func TestAManifestOfManyIDsIsPacked(t *testing.T) {
	o := options()
	random := rand.New(rand.NewPCG(1, 2))
	o.Scope.IDs = nil
	for range 100_000 {
		o.Scope.IDs = append(o.Scope.IDs, roaming.MessageID(random.Uint64()))
	}
	folder := written(t, 1, o)
	if info, err := os.Stat(filepath.Join(folder, manifestName)); err != nil || info.Size() < 2<<20 {
		t.Fatalf("%v, %v", info, err)
	}
	if m, err := Verify(t.Context(), packed(t, folder)); err != nil || len(m.Scope.IDs) != len(o.Scope.IDs) {
		t.Errorf("%d IDs, %v", len(m.Scope.IDs), err)
	}
}

// tornSource is a source whose file can't be read to its end.
type tornSource struct{ source }

func (tornSource) walk(_ context.Context, visit visitor) error {
	return visit("messages", 100, io.MultiReader(strings.NewReader("text"), iotest.ErrReader(io.ErrNoProgress)))
}

func TestArchiveReportsOneError(t *testing.T) {
	if err := writeArchive(t.Context(), io.Discard, tornSource{}, "backup", time.Time{}); err == nil || err.Error() != io.ErrNoProgress.Error() {
		t.Errorf("%q", err)
	}
}
