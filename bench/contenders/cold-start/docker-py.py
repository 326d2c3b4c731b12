import sys

import docker

socket, image = sys.argv[1:]
assert docker.APIClient(base_url=f"unix://{socket}").inspect_image(image)["Id"]
