package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/apply"
	"github.com/roamctl/roamctl/internal/cmd/archive"
	"github.com/roamctl/roamctl/internal/cmd/attachments"
	"github.com/roamctl/roamctl/internal/cmd/audit"
	"github.com/roamctl/roamctl/internal/cmd/auth"
	"github.com/roamctl/roamctl/internal/cmd/backup"
	"github.com/roamctl/roamctl/internal/cmd/browse"
	configcmd "github.com/roamctl/roamctl/internal/cmd/config"
	"github.com/roamctl/roamctl/internal/cmd/conversations"
	"github.com/roamctl/roamctl/internal/cmd/doctor"
	"github.com/roamctl/roamctl/internal/cmd/messages"
	"github.com/roamctl/roamctl/internal/cmd/plan"
	"github.com/roamctl/roamctl/internal/cmd/profile"
	"github.com/roamctl/roamctl/internal/cmd/restore"
	"github.com/roamctl/roamctl/internal/cmd/runs"
	"github.com/roamctl/roamctl/internal/cmd/sandbox"
	"github.com/roamctl/roamctl/internal/cmd/search"
	"github.com/roamctl/roamctl/internal/cmd/transcript"
	"github.com/roamctl/roamctl/internal/cmd/users"
	"github.com/roamctl/roamctl/internal/cmd/version"
)

// noun is a command below the root, which can be built with or without the
// others.
type noun struct {
	name  string
	group string
	build func(*app.App) *cobra.Command
}

const (
	groupHistory = "history"
	groupSafety  = "safety"
	groupSetup   = "setup"
)

func groups() []*cobra.Group {
	return []*cobra.Group{
		{ID: groupHistory, Title: "History:"},
		{ID: groupSafety, Title: "Deletion, before and after:"},
		{ID: groupSetup, Title: "Setup:"},
	}
}

func nouns() []noun {
	return []noun{
		{"conversations", groupHistory, conversations.New},
		{"messages", groupHistory, messages.New},
		{"users", groupHistory, users.New},
		{"archive", groupHistory, archive.New},
		{"search", groupHistory, search.New},
		{"browse", groupHistory, browse.New},
		{"transcript", groupHistory, transcript.New},
		{"attachments", groupHistory, attachments.New},
		{"apply", groupSafety, apply.New},
		{"audit", groupSafety, audit.New},
		{"backup", groupSafety, backup.New},
		{"plan", groupSafety, plan.New},
		{"restore", groupSafety, restore.New},
		{"runs", groupSafety, runs.New},
		{"auth", groupSetup, auth.New},
		{"config", groupSetup, configcmd.New},
		{"doctor", groupSetup, doctor.New},
		{"profile", groupSetup, profile.New},
		{"sandbox", groupSetup, sandbox.New},
		{"version", "", version.New},
	}
}

// needed returns the noun that the arguments begin with: building all fifty
// commands would take longer than running most of them. Arguments that begin with
// an alias or a flag need all nouns.
func needed(args []string) []noun {
	all := nouns()
	if len(args) > 0 {
		if i := slices.IndexFunc(all, func(n noun) bool { return n.name == args[0] }); i >= 0 {
			return all[i : i+1]
		}
	}
	return all
}

func addNouns(root *cobra.Command, a *app.App, wanted []noun) {
	root.AddGroup(groups()...)
	for _, n := range wanted {
		cmd := n.build(a)
		cmd.GroupID = n.group
		root.AddCommand(cmd)
	}
	root.AddCommand(newOptions(helpColumns(a)))
	root.SetHelpCommand(newHelp())
	addCompletion(root)
	refuseUnknownVerbs(root)
	for _, cmd := range root.Commands() {
		refuseUnknownVerbs(cmd)
	}
}
