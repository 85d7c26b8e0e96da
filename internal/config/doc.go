// Package config finds out what a command runs with: settings from flags, the
// environment, a named profile in a file and defaults, in that order, each
// with where it came from, and the secrets from the system keyring or the
// file. It reads the environment only through the function that it is given.
//
// The file is config.yaml in the folder of [Folders.Config]:
//
//	current: prod
//	profiles:
//	  prod:
//	    host: a1.easemob.com
//	    app_key: org#app
//	    client_id: YXA6...
//	    client_secret: '@keyring'
//
// It is written atomically with mode 0600; the comments in it are kept, its
// spacing is not. Values are taken as they are written, whatever YAML would
// make of them: an all-digit client ID stays text.
package config
