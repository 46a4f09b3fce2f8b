# SQS and SNS of moto, a mock of AWS in Python, from PyPI. It keeps nothing when
# it stops, and takes any credentials.
# shellcheck shell=bash disable=SC2154
moto_port=${WEFT_MOTO_PORT:-19566}
moto_dir=$state/moto

moto_up() {
  need python3 python3
  if [ ! -x "$moto_dir/venv/bin/moto_server" ]; then
    say "installing moto"
    python3 -m venv "$moto_dir/venv" && "$moto_dir/venv/bin/pip" install -q 'moto[server]==5.2.5' >"$moto_dir/pip.log" 2>&1 ||
      fail "could not install moto: see $moto_dir/pip.log (on Debian, python3-venv is needed)"
  fi
  spawn moto "$moto_dir/venv/bin/moto_server" "$moto_port" "$moto_dir/venv/bin/moto_server" -H 127.0.0.1 -p "$moto_port"
  echo "export WEFT_SQS=127.0.0.1:$moto_port"
}

moto_down() { stop moto "$moto_dir/venv/bin/moto_server"; }

moto_status() { tell moto "$moto_dir/venv/bin/moto_server" "$moto_port"; }
