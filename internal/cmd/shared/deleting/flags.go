// Package deleting has what the destructive commands share: their flags, the
// prompt, the dry run, the plan, and one user's job with its audit entries and its
// report.
package deleting

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/plan"
)

// Flags are the flags of a destructive command.
type Flags struct {
	DryRun bool
	Yes    bool

	noBackup    bool
	backupDir   string
	attachments bool
	missing     bool
	within      time.Duration
	force       bool
	plan        string
	noText      bool
	redact      bool // the earlier name of noText, which is refused
	reason      string
	ticket      string
	verify      deletion.VerifyMode
	verifyFor   time.Duration
	verifyFlag  *pflag.Flag
	attachFlag  *pflag.Flag
	recalls     bool // the command recalls
}

// defaultVerifyFor is how long to wait for a deleted message to disappear.
const defaultVerifyFor = 10 * time.Second

// Declare declares the flags that all destructive commands have.
func (f *Flags) Declare(cmd *cobra.Command) {
	f.declare(cmd)
	cmd.Flags().BoolVar(&f.force, "force", false, "delete the other messages when some IDs are not visible to the user")
}

// DeclareRecall declares them for a recall, whose --force is the service's. By default
// it saves attachments, which a recall destroys, and looks at both sides afterwards.
func (f *Flags) DeclareRecall(cmd *cobra.Command) {
	f.recalls, f.attachments = true, true
	f.declare(cmd)
	cmd.Flags().BoolVar(&f.force, "skip-missing", false, "recall the other messages when some IDs are not visible to the user")
}

// verb and noun are what the command does to messages.
func (f *Flags) verb() string {
	if f.recalls {
		return "recall"
	}
	return "delete"
}

func (f *Flags) noun() string {
	if f.recalls {
		return "recall"
	}
	return "deletion"
}

func (f *Flags) declare(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.BoolVar(&f.DryRun, "dry-run", false, "print the requests that would be sent, and send none that "+f.verb()+"s")
	fs.BoolVarP(&f.Yes, "yes", "y", false, f.verb()+" without asking")
	fs.StringVar(&f.plan, "plan", "", "write a plan to a new `FILE`, for review and roamctl apply, and "+f.verb()+" nothing")
	fs.BoolVar(&f.noText, "no-text", false, "leave the messages' text out of the plan")
	fs.BoolVar(&f.redact, "redact", false, "use --no-text instead")
	fs.Lookup("redact").Hidden = true
	f.declareBackup(cmd)
	flags.Reason(cmd, &f.reason, &f.ticket, "the audit log, the plan and the backup")
	f.declareVerify(cmd)
	cmd.MarkFlagsMutuallyExclusive("dry-run", "yes")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "plan")
	// A plan does not keep these: apply takes them.
	for _, later := range []string{
		"backup-dir", "with-attachments", "allow-missing-attachments", "attachments-timeout", "verify", "verify-timeout",
	} {
		cmd.MarkFlagsMutuallyExclusive("plan", later)
	}
}

// DeclareApply declares the flags of apply, whose plan says what is deleted.
func (f *Flags) DeclareApply(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.DryRun, "dry-run", false, "print the requests that would be sent, and send none that deletes")
	cmd.Flags().BoolVarP(&f.Yes, "yes", "y", false, "delete without asking")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "yes")
	cmd.Flags().StringVar(&f.backupDir, "backup-dir", "", "write the backup to `DIR` (default: the profile's backup_dir)")
	f.declareAttachments(cmd)
	f.declareVerify(cmd)
}

func (f *Flags) declareBackup(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.BoolVar(&f.noBackup, "no-backup", false, f.verb()+" without a backup, so that nothing can be restored")
	fs.StringVar(&f.backupDir, "backup-dir", "", "write the backup to `DIR` (default: the profile's backup_dir)")
	f.declareAttachments(cmd)
	cmd.MarkFlagsMutuallyExclusive("no-backup", "backup-dir")
	cmd.MarkFlagsMutuallyExclusive("no-backup", "with-attachments")
}

// defaultWithin is how long all attachments of one backup may take.
const defaultWithin = 15 * time.Minute

func (f *Flags) declareAttachments(cmd *cobra.Command) {
	fs := cmd.Flags()
	save := "save attachments in the backup, up to 10 MiB each; one that can't be saved stops the " + f.noun() + ", unless it has expired"
	if cmd.Name() == "apply" {
		save += "; a recall does so by itself"
	}
	fs.BoolVar(&f.attachments, "with-attachments", f.attachments, save)
	f.attachFlag = fs.Lookup("with-attachments")
	fs.BoolVar(&f.missing, "allow-missing-attachments", false, f.verb()+" even when attachments can't be saved")
	fs.DurationVar(&f.within, "attachments-timeout", defaultWithin, "limit the time for all attachments of one backup to `DURATION`; 0 for no limit")
}

func (f *Flags) declareVerify(cmd *cobra.Command) {
	f.verify = deletion.VerifyUser
	if f.recalls {
		f.verify = deletion.VerifyPeer
	}
	flags.Choice(cmd, &f.verify, "verify", "check after the "+f.noun()+" in this `VIEW`: user, or peer for the other side's too; none checks nothing",
		deletion.VerifyNone, deletion.VerifyUser, deletion.VerifyPeer)
	f.verifyFlag = cmd.Flags().Lookup("verify")
	cmd.Flags().DurationVar(&f.verifyFor, "verify-timeout", defaultVerifyFor, "wait up to this `DURATION` for the messages to disappear")
}

// check refuses what the profile forbids (protected, require_reason).
func (f *Flags) check(a *app.App, s config.Settings) error {
	give, leave := "state the reason for the "+f.noun()+" with --reason", "leave it out"
	if a.Flags.Lookup("reason") == nil { // apply: the plan says so
		give, leave = "make the plan again with --reason", "make the plan again without it"
	}
	switch {
	case f.plan == "-":
		return fault.New(fault.Usage, "--plan is -: a plan is a file, not standard output").WithHint("name the file, such as --plan plan.json")
	case f.redact:
		return fault.New(fault.Usage, "a plan has no --redact").WithHint("--no-text leaves the messages' text out of the plan")
	case f.noText && f.plan == "":
		return fault.New(fault.Usage, "--no-text needs --plan")
	case s.RequireReason && f.reason == "":
		return fault.New(fault.Safety, "profile %s requires --reason", s.Profile).
			WithHint("%s", give)
	case s.Protected && f.noBackup:
		return a.Protected("it forbids --no-backup", leave)
	case s.Protected && f.Yes:
		return a.Protected("it forbids --yes", "confirm on a terminal")
	case f.missing && !f.attachments:
		return fault.New(fault.Usage, "--allow-missing-attachments needs --with-attachments")
	case f.within != defaultWithin && !f.attachments:
		return fault.New(fault.Usage, "--attachments-timeout needs --with-attachments")
	case f.within < 0:
		return fault.New(fault.Usage, "--attachments-timeout is %s: it can't be negative", f.within)
	case f.verifyFor < 0:
		return fault.New(fault.Usage, "--verify-timeout is %s: it can't be negative", f.verifyFor)
	}
	return nil
}

// Settings returns the settings of a job, which is the caller's: with recalls of one
// that recalls, perhaps from a plan. It refuses what the profile forbids.
func (f *Flags) Settings(a *app.App, several, recalls bool) (deletion.Settings, error) {
	if recalls && !f.recalls { // a plan's, which has the defaults of a recall
		f.recalls = true
		f.attachments = f.attachments || !f.attachFlag.Changed
		if !f.verifyFlag.Changed {
			f.verify = deletion.VerifyPeer
		}
	}
	profile, err := a.Settings()
	if err != nil {
		return deletion.Settings{}, err
	}
	if err := f.check(a, profile); err != nil {
		return deletion.Settings{}, err
	}
	s := deletion.Settings{
		NoBackup: f.noBackup, BackupDir: f.backupDir, Force: f.force,
		Attachments: f.attachments, AllowMissing: f.missing, AttachmentsWithin: f.within,
		Verify: f.verify, VerifyFor: f.verifyFor, Reason: f.reason, Ticket: f.ticket,
	}
	// A list can be read 5 times a minute (docs/contract.md, section 10): for several
	// users it is looked at only when --verify asks for it.
	s.VerifyList = f.verify != deletion.VerifyNone && (!several || f.verifyFlag.Changed)
	if !s.NoBackup && s.BackupDir == "" {
		s.BackupDir, err = a.BackupDir()
	}
	return s, err
}

// SetPlan takes from a plan why it was made, and whether there is a backup.
func (f *Flags) SetPlan(p plan.Plan) { f.reason, f.ticket, f.noBackup = p.Reason, p.Ticket, !p.Backup }

// Plan is the path of the plan to write instead of deleting; "" for none.
func (f *Flags) Plan() string { return f.plan }

// VerifiesPeer reports whether the other side's view is compared.
func (f *Flags) VerifiesPeer() bool { return f.verify == deletion.VerifyPeer }

// NoBackup reports whether no backup is made.
func (f *Flags) NoBackup() bool { return f.noBackup }

// RestoreNote says what restore will be able to do about messages that were not
// read yet.
func (f *Flags) RestoreNote() string {
	if f.recalls {
		return recallRestoreNote(f.noBackup, nil)
	}
	return restoreNote(f.noBackup, nil)
}
