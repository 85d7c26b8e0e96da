package attachments

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Public is a transport that connects to addresses of the public internet
// only, whatever a name resolves to: not to this machine, private networks,
// link-local addresses (cloud metadata among them) or multicast. It uses no
// proxy, since a proxy would resolve names by itself. The hosted service's
// files are public; an installation of its own needs another transport.
func Public() *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, Control: onlyPublic}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		IdleConnTimeout:       30 * time.Second,
	}
}

// onlyPublic looks at the address that is about to be connected to.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := to.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || sharedSpace().Contains(ip) {
		return fmt.Errorf("%s is not an address of the public internet", ip)
	}
	return nil
}

// sharedSpace is what carriers use inside their networks (RFC 6598).
func sharedSpace() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) }
