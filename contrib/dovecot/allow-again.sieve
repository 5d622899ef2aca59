# A mail was taken out of "Never again": see antisales.conf. Thrown away it is not forgiven.
require ["copy", "environment", "imapsieve", "variables", "vnd.dovecot.pipe"];

if environment :is "imap.mailbox" ["Trash", "Deleted Items", "Junk"] {
	stop;
}
if environment :matches "imap.user" "*" {
	pipe :copy "antisales-allow-again" "${1}";
}
