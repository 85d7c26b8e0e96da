package easemob

import (
	"context"
	"net/http"
	"time"

	"github.com/roamctl/roamctl/internal/limiter"
)

// CheckHistoryFiles requests the URLs of an hour's history files, and downloads
// nothing. The errors are those of HistoryFile.
func (c *Client) CheckHistoryFiles(ctx context.Context, hour time.Time) error {
	name, err := c.HistoryFileName(hour)
	if err != nil {
		return err
	}
	k := get("requesting the history files of the hour "+name, "/chatmessages/{hour}", map[string]string{"hour": name}, nil)
	k.family = limiter.FamilyHistoryFiles
	return hourFault(c.do(ctx, k, nil))
}

// CheckSearch searches a user's one-to-one messages, for one hit at most
// (docs/contract.md, section 3). It is nil if the app has the search, which is a
// paid add-on on one cluster.
func (c *Client) CheckSearch(ctx context.Context, user string) error {
	type search struct {
		Keyword          string `json:"keyword"`
		ConversationType string `json:"conversationType"`
		Page             int    `json:"page"`
		Size             int    `json:"size"`
	}
	what := "searching " + user + "'s messages"
	var a struct {
		Data *struct{} `json:"data"`
	}
	err := c.do(ctx, call{
		what: what, method: http.MethodPost, path: "/users/{user}/messages/search/get", params: map[string]string{"user": user},
		body: map[string]search{"data": {"roamctl", "chat", 1, 1}}, as: asApp(),
		idempotent: true, // a read, POST or not
	}, &a)
	if err == nil && a.Data == nil {
		err = noData(what)
	}
	return err
}
