package easemob

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// membersPage is the most that a page of group members can hold (contract, section 9).
const membersPage = 1000

// GroupMembers are a group's owner and members (contract, section 9). The
// contract does not say whether the owner is on every page; here they come
// once, wherever they are first.
func (c *Client) GroupMembers(ctx context.Context, group string) iter.Seq2[roaming.Page[string], error] {
	return listing[string]{
		secrets: c.secrets,
		what:    "listing the members of group " + group, size: membersPage, most: membersPage,
		fetch: func(ctx context.Context, at roaming.Cursor, _ int) (wirePage, error) {
			return c.membersPage(ctx, group, at)
		},
		decode: func(raw json.RawMessage) (string, []byte, error) {
			name, err := decodeMember(raw)
			if err != nil {
				return "", nil, fmt.Errorf("a member of group %s: %w", group, err)
			}
			return name, []byte(name), nil
		},
	}.pages(ctx)
}

func (c *Client) membersPage(ctx context.Context, group string, at roaming.Cursor) (wirePage, error) {
	number, err := pageNumber(at, 1)
	if err != nil {
		return wirePage{}, err
	}
	what := "listing the members of group " + group
	var a struct {
		Data entries `json:"data"`
	}
	err = c.do(ctx, call{
		what: what, method: http.MethodGet, path: "/chatgroups/{group}/users",
		params:     map[string]string{"group": group},
		query:      url.Values{"pagenum": {strconv.Itoa(number)}, "pagesize": {strconv.Itoa(membersPage)}},
		as:         asApp(),
		idempotent: true,
	}, &a)
	if err == nil && a.Data == nil {
		err = noData(what)
	}
	if err != nil {
		return wirePage{}, err
	}
	return wirePage{entries: a.Data, next: numbered(number + 1), last: len(a.Data) < membersPage}, nil
}

// decodeMember reads one entry: either an owner or a member.
func decodeMember(raw json.RawMessage) (string, error) {
	var m struct {
		Owner  text `json:"owner"`
		Member text `json:"member"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return "", err
	}
	name := cmp.Or(m.Owner, m.Member)
	if name == "" {
		return "", errors.New("neither an owner nor a member")
	}
	return string(name), nil
}

// numbered is the cursor of a numbered page.
func numbered(page int) roaming.Cursor { return roaming.Cursor(strconv.Itoa(page)) }

// pageNumber is the page that a cursor names, first for the beginning.
func pageNumber(at roaming.Cursor, first int) (int, error) {
	if at == "" {
		return first, nil
	}
	n, err := strconv.Atoi(string(at))
	if err != nil {
		return 0, fault.New(fault.Bug, "%q is not a page number", at)
	}
	return n, nil
}
