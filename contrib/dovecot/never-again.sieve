# A mail was put into "Never again": see antisales.conf.
require ["copy", "environment", "imapsieve", "variables", "vnd.dovecot.pipe"];

if environment :matches "imap.user" "*" {
	pipe :copy "antisales-never-again" "${1}";
}
