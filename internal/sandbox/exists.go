package sandbox

import "os"

// Exists tells whether there is a sandbox's data in the folder.
func Exists(dir string) bool {
	_, err := os.Stat(files(dir)[0])
	return err == nil
}
