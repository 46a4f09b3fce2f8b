package service

import "github.com/weft-dev/weft/text/diag"

// Rules describe what is found in how workflows are begun.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeTrigger, Severity: diag.Error,
			Summary: "x-trigger names a channel that cannot be listened to, or makes inputs that the workflow has not",
			Why:     "A service begins a run with each message of the channel. It must know where to listen before it starts, and a mapping that is wrong would be wrong for every message.",
			Bad:     "x-trigger:\n  channel: orders\n",
			Good:    "x-trigger:\n  channel: '{$sourceDescriptions.shop.url}#/channels/orders'\n  filter: $message.payload#/quantity > 0\n  inputs:\n    orderId: $message.payload#/id\n",
		},
		{
			Code: CodeSchedule, Severity: diag.Error,
			Summary: "x-schedule is no time pattern or interval that can be kept",
			Why:     "A service begins a run whenever the schedule is due. A pattern that cannot be read, or that no day fits, would begin none and nobody would notice.",
			Bad:     "x-schedule:\n  cron: 0 25 * * *\n",
			Good:    "x-schedule:\n  cron: 0 8 * * mon-fri\n  timezone: Europe/Berlin\n",
		},
	}
}
