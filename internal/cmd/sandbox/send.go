package sandbox

import (
	"context"
	"encoding/json"
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox/admin"
)

type sendOptions struct {
	data  string
	from  string
	to    string
	group string
	kind  kind
	ext   string
}

func newSend(a *app.App) *cobra.Command {
	o := sendOptions{kind: "txt"}
	cmd := &cobra.Command{
		Use:   "send TEXT",
		Short: "Send a message in the sandbox as a user",
		Long: `Send a message as a user's client would: it is in the history at once, the
conversation is on both sides' lists with the right unread counts, and connected
devices receive it. Users and groups that do not exist are created, and the
sender joins the group.

TEXT is the message. For other kinds it is:
  cmd      the action
  custom   the event
  loc      LATITUDE,LONGITUDE[,ADDRESS]
  img, audio, video, file   the attachment's URL; nothing is uploaded

` + whichSandbox,
		Example: `  roamctl sandbox send --sandbox --from alice --to bob 'see you at 8'
  roamctl sandbox send --sandbox --from alice --group 250000000000001 --kind loc 39.9042,116.4074,北京
  roamctl sandbox send --sandbox --from bob --to alice --kind custom --ext '{"n":1}' gift`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fault.New(fault.Usage, "TEXT must be one argument: quote it if it has spaces")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	f := cmd.Flags()
	dataFlag(cmd, &o.data)
	f.StringVar(&o.from, "from", "", "send as this `USER` (required)")
	f.StringVar(&o.to, "to", "", "send to this `USER`")
	f.StringVar(&o.group, "group", "", "send to this `GROUP` instead of a user")
	f.StringVar(&o.ext, "ext", "", "add this `JSON` object as the extension")
	flags.Choice(cmd, &o.kind, "kind", "send a message of this `KIND`: txt, img, audio, video, file, loc, cmd or custom", kinds()...)
	flags.Columns(cmd, sentView())
	return cmd
}

func (o *sendOptions) run(ctx context.Context, a *app.App, text string) error {
	request, err := o.request(text)
	if err != nil {
		return err
	}
	opts, err := app.OutputFor(a, sentView())
	if err != nil {
		return err
	}
	client, err := administer(ctx, a, o.data)
	if err != nil {
		return err
	}
	id, err := client.Send(ctx, request)
	if err != nil {
		return asFault(err)
	}
	return render.One(a.IO, opts, sentView(), sentMessage{ID: id, From: o.from, To: request.To, Kind: string(o.kind)})
}

// request checks the flags and returns the message to send.
func (o *sendOptions) request(text string) (admin.SendRequest, error) {
	r := admin.SendRequest{From: o.from, To: o.to, Type: "chat"}
	if err := flags.CheckUser("--from", o.from); err != nil {
		return r, err
	}
	switch {
	case o.to != "" && o.group != "":
		return r, fault.New(fault.Usage, "only one of --to and --group can be given")
	case o.to == "" && o.group == "":
		return r, fault.New(fault.Usage, "a receiver is required: either --to or --group")
	case o.group != "":
		r.To, r.Type = o.group, "groupchat"
		if err := flags.CheckConversation("--group", o.group, roaming.Group); err != nil {
			return r, err
		}
	default:
		if err := flags.CheckConversation("--to", o.to, roaming.Chat); err != nil {
			return r, err
		}
	}
	if o.ext != "" {
		if err := json.Unmarshal([]byte(o.ext), &r.Ext); err != nil {
			return r, fault.New(fault.Usage, "--ext is not a JSON object: %.100q", o.ext).WithHint(`such as --ext '{"n":1}'`)
		}
	}
	var err error
	r.Body, err = o.kind.body(text)
	return r, err
}

// kind is a message kind that can be sent.
type kind string

// body is the message's body (docs/contract.md, section 6).
func (k kind) body(text string) (map[string]any, error) {
	b := map[string]any{"type": string(k)}
	switch k {
	case "txt":
		b["msg"] = text
	case "cmd":
		b["action"] = text
	case "custom":
		b["customEvent"], b["customExts"] = text, []any{map[string]any{}}
	case "loc":
		lat, lng, addr, ok := place(text)
		if !ok {
			return nil, fault.New(fault.Usage, "%q is not a location: it must be LATITUDE,LONGITUDE[,ADDRESS] in degrees", text)
		}
		b["lat"], b["lng"], b["addr"] = lat, lng, addr
	default:
		b["url"], b["filename"] = text, path.Base(text)
	}
	return b, nil
}

// place parses LATITUDE,LONGITUDE[,ADDRESS].
func place(text string) (lat, lng float64, addr string, ok bool) {
	first, rest, _ := strings.Cut(text, ",")
	second, addr, _ := strings.Cut(rest, ",")
	lat, err := strconv.ParseFloat(strings.TrimSpace(first), 64)
	lng, err2 := strconv.ParseFloat(strings.TrimSpace(second), 64)
	// NaN is within nothing.
	ok = err == nil && err2 == nil && math.Abs(lat) <= 90 && math.Abs(lng) <= 180
	return lat, lng, addr, ok
}

func kinds() []kind {
	return []kind{"txt", "img", "audio", "video", "file", "loc", "cmd", "custom"}
}

// sentMessage is a message that was sent.
type sentMessage struct {
	ID   string `json:"id"`
	From string `json:"from"`
	To   string `json:"to"`
	Kind string `json:"kind"`
}

func sentView() render.View[sentMessage] {
	return render.View[sentMessage]{Columns: render.Fields[sentMessage]()}
}
