package diff

import "github.com/weft-dev/weft/text/diag"

// The codes of changes. Those of changes inside a schema are "diff/" and the
// kind of the edit.
const (
	codeServerRemoved   diag.Code = "diff/server-removed"
	codeServerAdded     diag.Code = "diff/server-added"
	codeServerHost      diag.Code = "diff/server-host"
	codeServerProtocol  diag.Code = "diff/server-protocol"
	codeServerVariable  diag.Code = "diff/server-variable"
	codeSecurity        diag.Code = "diff/security"
	codeChannelRemoved  diag.Code = "diff/channel-removed"
	codeChannelAdded    diag.Code = "diff/channel-added"
	codeChannelRenamed  diag.Code = "diff/channel-renamed"
	codeChannelAddress  diag.Code = "diff/channel-address"
	codeChannelServers  diag.Code = "diff/channel-servers"
	codeParameter       diag.Code = "diff/channel-parameter"
	codeOperationGone   diag.Code = "diff/operation-removed"
	codeOperationAdded  diag.Code = "diff/operation-added"
	codeOperationName   diag.Code = "diff/operation-renamed"
	codeOperationAction diag.Code = "diff/operation-action"
	codeReply           diag.Code = "diff/reply"
	codeMessageAdded    diag.Code = "diff/message-added"
	codeMessageRemoved  diag.Code = "diff/message-removed"
	codeMessageRenamed  diag.Code = "diff/message-renamed"
	codeDeprecated      diag.Code = "diff/deprecated"
	codeContentType     diag.Code = "diff/content-type"
	codeSchemaFormat    diag.Code = "diff/schema-format"
	codeSchemaUnknown   diag.Code = "diff/schema-undecided"
	codeSchemaRefused   diag.Code = "diff/schema-refused"
	codeReplay          diag.Code = "diff/replay"
	codeCorrelation     diag.Code = "diff/correlation"
	codeKey             diag.Code = "diff/message-key"
	codeBinding         diag.Code = "diff/binding"
	codeVersionBump     diag.Code = "diff/version-bump"
	codeAddressVersion  diag.Code = "diff/address-version"
)
