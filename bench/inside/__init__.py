"""What has to run inside the product: each module is a process of its own, `python -m`.

Its variables are those of the installation under measure.
"""

import django

django.setup()
