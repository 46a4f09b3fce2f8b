package amqpserver

// The methods, as class and method in one number.
const (
	connectionStart          = 10<<16 | 10
	connectionStartOK        = 10<<16 | 11
	connectionTune           = 10<<16 | 30
	connectionTuneOK         = 10<<16 | 31
	connectionOpen           = 10<<16 | 40
	connectionOpenOK         = 10<<16 | 41
	connectionClose          = 10<<16 | 50
	connectionCloseOK        = 10<<16 | 51
	connectionUpdateSecret   = 10<<16 | 70
	connectionUpdateSecretOK = 10<<16 | 71

	channelOpen    = 20<<16 | 10
	channelOpenOK  = 20<<16 | 11
	channelFlow    = 20<<16 | 20
	channelFlowOK  = 20<<16 | 21
	channelClose   = 20<<16 | 40
	channelCloseOK = 20<<16 | 41

	exchangeDeclare   = 40<<16 | 10
	exchangeDeclareOK = 40<<16 | 11
	exchangeDelete    = 40<<16 | 20
	exchangeDeleteOK  = 40<<16 | 21
	exchangeBind      = 40<<16 | 30
	exchangeBindOK    = 40<<16 | 31
	exchangeUnbind    = 40<<16 | 40
	exchangeUnbindOK  = 40<<16 | 51

	queueDeclare   = 50<<16 | 10
	queueDeclareOK = 50<<16 | 11
	queueBind      = 50<<16 | 20
	queueBindOK    = 50<<16 | 21
	queuePurge     = 50<<16 | 30
	queuePurgeOK   = 50<<16 | 31
	queueDelete    = 50<<16 | 40
	queueDeleteOK  = 50<<16 | 41
	queueUnbind    = 50<<16 | 50
	queueUnbindOK  = 50<<16 | 51

	basicQos          = 60<<16 | 10
	basicQosOK        = 60<<16 | 11
	basicConsume      = 60<<16 | 20
	basicConsumeOK    = 60<<16 | 21
	basicCancel       = 60<<16 | 30
	basicCancelOK     = 60<<16 | 31
	basicPublish      = 60<<16 | 40
	basicReturn       = 60<<16 | 50
	basicDeliver      = 60<<16 | 60
	basicGet          = 60<<16 | 70
	basicGetOK        = 60<<16 | 71
	basicGetEmpty     = 60<<16 | 72
	basicAck          = 60<<16 | 80
	basicReject       = 60<<16 | 90
	basicRecoverAsync = 60<<16 | 100
	basicRecover      = 60<<16 | 110
	basicRecoverOK    = 60<<16 | 111
	basicNack         = 60<<16 | 120

	confirmSelect   = 85<<16 | 10
	confirmSelectOK = 85<<16 | 11
)

const classBasic = 60
