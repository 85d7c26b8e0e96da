package flags

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
)

// Page is how much of a listing is requested.
type Page struct {
	Size int // items a request, 1 to Max; Check sets it if no flag did
	Max  int // the largest page that the service returns

	limit int
	all   bool
}

// Paging declares --limit, --all and --page-size; most is the largest page
// that the service returns.
func Paging(cmd *cobra.Command, p *Page, most int, items string) {
	Limit(cmd, p, most, items)
	cmd.Flags().IntVar(&p.Size, "page-size", 0, fmt.Sprintf("request `N` %s at a time, 1 to %d (default: the profile's page_size)", items, most))
}

// Limit declares --limit and --all, for lists that the profile's page_size does
// not apply to.
func Limit(cmd *cobra.Command, p *Page, most int, items string) {
	p.Max = most
	cmd.Flags().IntVarP(&p.limit, "limit", "n", most, fmt.Sprintf("stop after `N` %s", items))
	cmd.Flags().BoolVar(&p.all, "all", false, fmt.Sprintf("continue to the end, %d a request at most", most))
	cmd.MarkFlagsMutuallyExclusive("limit", "all")
}

// Local declares --limit and --all for a listing of what is kept on this machine
// or in an archive, which has no requests.
func Local(cmd *cobra.Command, p *Page, limit int, items string) {
	p.Max = limit
	cmd.Flags().IntVarP(&p.limit, "limit", "n", limit, fmt.Sprintf("stop after `N` %s", items))
	cmd.Flags().BoolVar(&p.all, "all", false, fmt.Sprintf("print all %s", items))
	cmd.MarkFlagsMutuallyExclusive("limit", "all")
}

// Limit returns the most items to print, 0 for all.
func (p *Page) Limit() int {
	if p.all {
		return 0
	}
	return p.limit
}

// Check refuses sizes that the service would refuse, and limits below 1.
func (p *Page) Check(a *app.App) error {
	if !a.Flags.Changed("page-size") {
		settings, err := a.Settings()
		if err != nil {
			return err
		}
		p.Size = min(settings.PageSize, p.Max)
	}
	if p.Size < 1 || p.Size > p.Max {
		return fault.New(fault.Usage, "--page-size is %d: it must be 1 to %d", p.Size, p.Max)
	}
	if !p.all && p.limit < 1 {
		return fault.New(fault.Usage, "--limit is %d: it must be at least 1", p.limit).
			WithHint("--all reads everything")
	}
	return nil
}
