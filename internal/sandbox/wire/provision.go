package wire

// ErrorCode is how a request ended.
type ErrorCode uint64

// The error codes that the sandbox answers with (contract, msync).
const (
	OK             ErrorCode = 0
	Fail           ErrorCode = 1
	Unauthorized   ErrorCode = 2
	Missing        ErrorCode = 3
	WrongParameter ErrorCode = 4
	TokenExpired   ErrorCode = 6

	PermissionDenied ErrorCode = 7
)

// Status is an outcome with its reason.
type Status struct {
	Code   ErrorCode
	Reason string
}

func (s Status) encode() []byte {
	var f fields
	f.varint(1, uint64(s.Code))
	if s.Reason != "" {
		f.string(2, s.Reason)
	}
	return f
}

func parseStatus(b []byte) (s Status, err error) {
	err = scan(b, func(f field) error {
		switch f.tag {
		case 1:
			s.Code = ErrorCode(f.varint)
		case 2:
			s.Reason = f.text()
		}
		return nil
	})
	return s, err
}

// Provision is a device's login and the answer to it. What a device offers
// beside that, compression among it, is not answered.
type Provision struct {
	Status     Status
	DeviceUUID string
	DeviceName string
	Resource   string
	Auth       string
	AuthToken  string // JSON: {"token":"$t$..."}
	SessionID  string
}

func (p *Provision) texts() map[int32]*string {
	return map[int32]*string{9: &p.DeviceUUID, 12: &p.DeviceName, 13: &p.Resource, 14: &p.Auth, 18: &p.AuthToken, 20: &p.SessionID}
}

// ParseProvision reads a Provision.
func ParseProvision(b []byte) (p Provision, err error) {
	texts := p.texts()
	err = scan(b, func(f field) (err error) {
		if f.tag == 8 {
			p.Status, err = parseStatus(f.bytes)
		} else if to := texts[f.tag]; to != nil {
			*to = f.text()
		}
		return err
	})
	return p, err
}

// Encode gives the Provision's bytes.
func (p Provision) Encode() []byte {
	const otherOS = 16
	var f fields
	f.varint(1, otherOS) // required by the client's decoder
	f.bytes(8, p.Status.encode())
	texts := p.texts()
	for _, tag := range []int32{9, 12, 13, 14, 18, 20} {
		if v := *texts[tag]; v != "" {
			f.string(protoNumber(tag), v)
		}
	}
	return f
}
