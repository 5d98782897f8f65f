# A campaign as a Nomad batch job: 32 allocations, each with its part of the units, on a volume that all of them can write.
#
#     nomad job run deploy/fleet/nomad.hcl
#
# Nomad's restarts know no exit statuses: a found bug (1) is tried again as often as a lost disk (75). That costs a listing,
# since finished units are not run again, and ends when the attempts are used up.
job "claque-campaign" {
  type = "batch"

  group "units" {
    count = 32

    volume "results" {
      type            = "csi"
      source          = "claque-results"
      access_mode     = "multi-node-multi-writer"
      attachment_mode = "file-system"
    }

    restart {
      attempts = 2
      interval = "30m"
      delay    = "15s"
      mode     = "fail"
    }

    reschedule {
      attempts  = 2
      interval  = "1h"
      unlimited = false
    }

    task "claque" {
      driver = "docker"

      config {
        image = "claque:0.1.0"
        args  = ["campaign", "--seeds", "0..1000000", "--out", "/results", "--array", "auto", "--threads", "1"]
      }

      env {
        # Nomad tells an allocation its index, and not how many there are: the same number as `count`.
        CLAQUE_ARRAY_COUNT = "32"
      }

      volume_mount {
        volume      = "results"
        destination = "/results"
      }

      # A unit under way is finished and kept before the allocation goes.
      kill_timeout = "60s"

      resources {
        cores  = 1
        memory = 512
      }
    }
  }
}
