package live

import "github.com/roamctl/roamctl/internal/sandbox/coverage"

// Coverage returns what a device can do (docs/contract.md, section 13). A test does
// each of them.
func Coverage() []coverage.Row {
	const yes, no, unknown = coverage.Emulated, coverage.Refused, coverage.Unknown
	rows := []coverage.Row{
		{What: "login (PROVISION)", State: yes, Token: "user"},
		{What: "unread queues (UNREAD)", State: yes},
		{What: "download of a queue (SYNC)", State: yes},
		{What: "notice of a queue (NOTICE)", State: yes},
		{What: "logout (LOGOUT)", State: yes},
		{What: "message to a user", State: yes},
		{What: "message to a group", State: yes},
		{What: "message to a room", State: yes, Note: "stored, and sent to no device"},
		{What: "read receipt (READ_ACK)", State: yes, Note: "without a count of a group's readers"},
		{What: "delivery receipt (DELIVER_ACK)", State: yes},
		{What: "conversation read (CHANNEL_ACK)", State: yes},
		{What: "recall (RECALL)", State: yes},
		{What: "edit (EDIT)", State: yes},
		{What: "keep-alive (STATISTIC)", State: yes},
		{What: "message for connected devices alone", State: no},
		{What: "message for some members of a group", State: no},
		{What: "name space MUC, such as joining a room", State: unknown},
		{What: "name space ROSTER", State: unknown},
		{What: "name space CONFERENCE", State: unknown},
		{What: "name space QUERY", State: unknown},
		{What: "compressed frames", State: unknown},
		{What: "encrypted frames", State: unknown},
	}
	for i := range rows {
		rows[i].Part, rows[i].Section = coverage.Device, 13
	}
	return rows
}
