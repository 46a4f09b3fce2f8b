package pulsar

import "time"

// Tests do not wait as long for what a broker never says.
func init() { opening = 4 * time.Second }
